package seal

const deriveLabel = "derived key"

// Derive is a 256-bit key for one purpose outside this package. The same keys give the same one, in
// every process and after every rotation; it tells nothing of the keys or of another purpose's.
func (k *Keys) Derive(purpose string) []byte {
	return keyedHash(k.reveal().lookup, deriveLabel, purpose)
}
