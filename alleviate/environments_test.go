package alleviate_test

import (
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"intake/alleviate"
)

func config(env alleviate.Environment) alleviate.Config {
	return alleviate.Config{Environment: env, ClientID: "client", ClientSecret: alleviate.NewSecret(secretCanary)}
}

func tokensOf(cfg alleviate.Config) *alleviate.Tokens {
	client, err := alleviate.New(cfg)
	if err != nil {
		panic(err)
	}
	return client.Tokens()
}

func TestNew_TakesThePresets(t *testing.T) {
	for _, env := range []alleviate.Environment{
		alleviate.Sandbox(), alleviate.Production(), alleviate.Loopback(tokenURL, apiURL),
		alleviate.Loopback("http://localhost:1/t", "http://[::1]:2/graphql"),
		alleviate.Loopback("http://127.9.9.9/t", "https://example.org/graphql"),
	} {
		t.Run(env.Name, func(t *testing.T) {
			if _, err := alleviate.New(config(env)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNew_RefusesWhatIsWrongOnItsFace(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*alleviate.Config)
		want  string
	}{
		{"the misprinted tenant id", func(c *alleviate.Config) { c.Environment.TenantID += "5" }, "misprint"},
		{"a tenant id that is a name", func(c *alleviate.Config) { c.Environment.TenantID = "alleviate" }, "not a GUID"},
		{"a tenant id with a letter too far", func(c *alleviate.Config) { c.Environment.TenantID = "8797fa3g-ba90-4187-97fb-6ab892ea9035" }, "not a GUID"},
		{"no tenant id", func(c *alleviate.Config) { c.Environment.TenantID = "" }, "not a GUID"},
		{"a scope of one permission", func(c *alleviate.Config) { c.Environment.Scope = "api://x/Lead.Write" }, "/.default"},
		{"two scopes", func(c *alleviate.Config) { c.Environment.Scope = "openid api://x/.default" }, "one word"},
		{"plain http to the API", func(c *alleviate.Config) { c.Environment.APIURL = "http://leads.alleviate.com/graphql" }, "API URL must begin with https"},
		{"plain http to the token host", func(c *alleviate.Config) { c.Environment.TokenURL = "http://login.example.org/" }, "token URL must begin with https"},
		{"a host that only looks like loopback", func(c *alleviate.Config) { c.Environment.APIURL = "http://127.0.0.1.example.org/" }, "API URL must begin with https"},
		{"another scheme", func(c *alleviate.Config) { c.Environment.APIURL = "ftp://localhost/" }, "API URL must begin with https"},
		{"a path for an address", func(c *alleviate.Config) { c.Environment.APIURL = "/graphql" }, "not an absolute address"},
		{"a password in the address", func(c *alleviate.Config) {
			c.Environment.APIURL = "https://u:" + secretCanary + "@leads.alleviate.com/graphql"
		}, "must not hold a user"},
		{"a query in the address", func(c *alleviate.Config) { c.Environment.TokenURL = "https://example.org/?s=" + secretCanary }, "a query"},
		{"an address that cannot be read", func(c *alleviate.Config) { c.Environment.APIURL = "https://%zz" + secretCanary }, "not an absolute address"},
		{"sandbox host, production scope", func(c *alleviate.Config) { c.Environment.Scope = alleviate.Production().Scope }, "different environments"},
		{"production host, sandbox scope", func(c *alleviate.Config) { c.Environment.APIURL = alleviate.Production().APIURL }, "different environments"},
		{"tokens of another token host", func(c *alleviate.Config) { c.Tokens = tokensOf(config(alleviate.Loopback(tokenURL, apiURL))) }, "another token host"},
		{"tokens of a source for another scope", func(c *alleviate.Config) {
			other := alleviate.Config{Environment: alleviate.Sandbox(), TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "a"})}
			other.Environment.Scope = "api://another/.default"
			c.Tokens = tokensOf(other)
		}, "another scope"},
		{"no client id", func(c *alleviate.Config) { c.ClientID = "" }, "client id is empty"},
		{"no client secret", func(c *alleviate.Config) { c.ClientSecret = alleviate.NewSecret("") }, "client secret is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config(alleviate.Sandbox())
			tt.spoil(&cfg)
			_, err := alleviate.New(cfg)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q in it", err, tt.want)
			}
			noCanary(t, err)
		})
	}
}

func TestNew_NamesEveryProblemAtOnce(t *testing.T) {
	_, err := alleviate.New(alleviate.Config{})
	if err == nil {
		t.Fatal("an empty config is taken")
	}
	for _, want := range []string{"tenant id", "scope", "API URL", "client id", "client secret"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
}
