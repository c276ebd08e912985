package seal

import "crypto/ed25519"

// signLabel is the purpose of the signing key. Another algorithm gets another label.
const signLabel = "ed25519 signature"

// Sign signs the message by a key that is derived from the file's own secret: the same in every
// process and after every rotation, and in key files from before there were signatures.
func (k *Keys) Sign(message []byte) []byte { return ed25519.Sign(k.signing(), message) }

// Public is the key that verifies what Sign signed. Everybody may have it.
func (k *Keys) Public() ed25519.PublicKey { return k.signing().Public().(ed25519.PublicKey) }

// signing is the key, made of 32 derived bytes as RFC 8032 makes one of 32 random ones.
func (k *Keys) signing() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(k.Derive(signLabel)) }

// Verify says whether the message was signed by the owner of the public key.
func Verify(public ed25519.PublicKey, message, signature []byte) bool {
	return len(public) == ed25519.PublicKeySize && ed25519.Verify(public, message, signature)
}
