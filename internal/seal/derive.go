package seal

const deriveLabel = "derived key"

// Derive returns a 256-bit key for one purpose outside this package. The same key file gives the same key, in
// every process and after every rotation; it reveals nothing about the keys or the key of another purpose.
func (k *Keys) Derive(purpose string) []byte {
	return keyedHash(k.reveal().lookup, deriveLabel, purpose)
}
