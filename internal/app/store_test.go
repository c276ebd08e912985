package app

import (
	"strings"
	"testing"

	"intake/internal/config"
)

// The driver's error for an address that it cannot use may quote the password.
func TestOpenStore_AnErrorQuotesNoPassword(t *testing.T) {
	const secret = "canary-password-4410"
	for _, url := range []string{
		"postgres://127.0.0.1:1/d?user=u&password=*", "postgres://u:*@127.0.0.1:1/d", "postgres://*@127.0.0.1:1/d", "postgres://127.0.0.1:1/*",
		"postgres://u:p%23*@127.0.0.1:1/d", "postgres://127.0.0.1:1/d?sslmode=*", "postgres://127.0.0.1:1/d?sslrootcert=*",
		"postgres:///d?host=127.0.0.1&port=1&password=*",
	} {
		cfg, err := config.Read([]string{"INTAKE_DATABASE_URL=" + strings.ReplaceAll(url, "*", secret), "INTAKE_KEYSET_FILE=" + t.TempDir() + "/keys.json"})
		if err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		store, err := OpenStore(t.Context(), cfg, true)
		if err == nil {
			t.Errorf("%s: a database opens that is not there", url)
			_ = store.Close() // it should not be open
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error quotes it", url)
		}
	}
}
