package seal

import "crypto/ed25519"

// signLabel is the purpose from which the signing key is derived. Another algorithm gets another label.
const signLabel = "ed25519 signature"

// Sign signs the message with a key derived from the key file: the same in every process and after every
// rotation.
func (k *Keys) Sign(message []byte) []byte { return ed25519.Sign(k.signing(), message) }

// Public is the public key that verifies what Sign signed.
func (k *Keys) Public() ed25519.PublicKey { return k.signing().Public().(ed25519.PublicKey) }

// signing is the private key: RFC 8032 with 32 derived bytes as its seed.
func (k *Keys) signing() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(k.Derive(signLabel)) }

// Verify says whether the signature of the message was made with the private key of public.
func Verify(public ed25519.PublicKey, message, signature []byte) bool {
	return len(public) == ed25519.PublicKeySize && ed25519.Verify(public, message, signature)
}
