package config

import "fmt"

// minSharedSecret is how many bytes a secret must have that we share with a program of others: those of the hash that signs with it.
const minSharedSecret = 32

// checkPeers refuses settings with which programs of others could be impersonated.
func (c *Config) checkPeers() []error {
	var problems []error
	if n := len(c.PrefillSecret.Reveal()); n > 0 && n < minSharedSecret {
		problems = append(problems, fmt.Errorf("INTAKE_PREFILL_SECRET has fewer than %d bytes; make one with openssl rand -base64 32, for Intake and the dialer", minSharedSecret))
	}
	return problems
}
