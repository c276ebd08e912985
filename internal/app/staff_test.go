package app

import (
	"bytes"
	"log/slog"
	"net"
	"strings"
	"testing"

	"intake/internal/config"
)

// TestSignIn_IsWhereTheSettingsSay has what the log says, and whether there are staff pages.
func TestSignIn_IsWhereTheSettingsSay(t *testing.T) {
	sandbox := []string{
		"ALLEVIATE_ENVIRONMENT=sandbox", "ALLEVIATE_CLIENT_ID=c", "ALLEVIATE_CLIENT_SECRET=s", "ALLEVIATE_CRM=manual",
		"INTAKE_KEYSET_FILE=k", "INTAKE_MASTER_KEY_FILE=m", "INTAKE_PUBLIC_URL=https://apply.example.com",
	}
	own, s := openTestStore(t)
	keys, err := OpenKeys(own, false)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	provider := []string{"INTAKE_OIDC_ISSUER=https://id.example.com/secret-path", "INTAKE_OIDC_CLIENT_ID=x", "INTAKE_OIDC_CLIENT_SECRET=canary-7319"}
	for name, tt := range map[string]struct {
		environ     []string
		there       bool
		development bool
		logged      string
	}{
		"make run":                          {nil, true, true, "the desk is open"},
		"simulator on all addresses":        {[]string{"INTAKE_ADDR=0.0.0.0:8080"}, false, false, "needs INTAKE_DEV_SIGNIN=on"},
		"the image":                         {[]string{"INTAKE_ADDR=0.0.0.0:8080", "INTAKE_DEV_SIGNIN=on"}, true, true, "without a password"},
		"simulator for the public":          {[]string{"INTAKE_PUBLIC_URL=https://apply.example.com"}, false, false, "there are no staff pages"},
		"sandbox without a provider":        {sandbox, false, false, "there are no staff pages"},
		"sandbox with a provider":           {append(provider, sandbox...), true, false, "staff sign in at the identity provider"},
		"simulator with a provider instead": {provider, true, false, "staff sign in at the identity provider"},
	} {
		cfg, err := config.Read(tt.environ)
		if err != nil {
			t.Fatal(err)
		}
		var logged bytes.Buffer
		log := slog.New(slog.NewTextHandler(&logged, nil))
		at, err := newSignIn(cfg, keys, s, log)
		if err != nil {
			t.Fatal(err)
		}
		(&App{cfg: cfg, signIn: at, listener: listener}).Welcome().log(log)
		if (at != nil) != tt.there || (at != nil && at.Development != nil) != tt.development || !strings.Contains(logged.String(), tt.logged) {
			t.Errorf("%s: %+v, logged %s", name, at, logged.String())
		}
		for _, secret := range []string{"canary-7319", "secret-path"} {
			if strings.Contains(logged.String(), secret) {
				t.Errorf("%s: the log holds %q", name, secret)
			}
		}
	}
	entra := config.Config{OIDCIssuer: "https://login.microsoftonline.com/common/v2.0", OIDCClientID: "x", RolesClaim: "roles"}
	if _, err := newSignIn(entra, keys, s, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "must name the tenant") {
		t.Errorf("everybody with a Microsoft account could sign in: %v", err)
	}
}
