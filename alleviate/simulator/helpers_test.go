package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testClient = "client-1"
	testSecret = "canary~secret/+&1"
)

// start runs a twin until the test ends. change may alter the configuration first.
func start(t *testing.T, change ...func(*Config)) *Server {
	t.Helper()
	cfg := Config{ClientID: testClient, Secrets: []string{testSecret}, Seed: 7}
	for _, f := range change {
		f(&cfg)
	}
	s, err := Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return s
}

// reply is an answer as it came off the wire. err is set where the connection ended too early.
type reply struct {
	status int
	header http.Header
	body   string
	err    error
}

// direct never follows a redirect, never unpacks a body, never reuses a connection and waits at most ten seconds.
func direct() *http.Client {
	return &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func send(t *testing.T, method, address, body string, header map[string]string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
		if name == "Host" {
			req.Host = value
		}
	}
	res, err := direct().Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = res.Body.Close() }() // read to its end or broken
	b, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, string(b), err}
}

func tokenForm(change map[string]string) string {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {testClient},
		"client_secret": {testSecret}, "scope": {sandboxScope},
	}
	for name, value := range change {
		form.Set(name, value)
		if value == "" {
			form.Del(name)
		}
	}
	return form.Encode()
}

func askToken(t *testing.T, s *Server, form, fault string) reply {
	t.Helper()
	header := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	if fault != "" {
		header[faultHeader] = fault
	}
	return send(t, http.MethodPost, s.TokenURL(), form, header)
}

func token(t *testing.T, s *Server) string {
	t.Helper()
	var got struct {
		AccessToken string `json:"access_token"`
	}
	r := askToken(t, s, tokenForm(nil), "")
	if err := json.Unmarshal([]byte(r.body), &got); err != nil || got.AccessToken == "" {
		t.Fatalf("no token: %d %s", r.status, r.body)
	}
	return got.AccessToken
}

const (
	createQuery = `mutation CreateLead($input: LeadInput!) { createLead(input: $input) { id resultCode note partnerLeadId bidValue } }`
	submitQuery = `mutation SubmitLead($input: SubmitLeadInput!) { submitLead(input: $input) { leadId statusCode crmRecordId crm partnerLeadId } }`
	statusQuery = `query GetLeadStatus($id: ID!) { getLeadStatus(id: $id) { id resultCode updatedAt partnerLeadId bidValue } }`
)

// caller talks to a twin as one client does: one token, and a fault header where asked.
type caller struct {
	t     *testing.T
	s     *Server
	token string
}

func call1(t *testing.T, s *Server) caller { return caller{t, s, token(t, s)} }

func (c caller) ask(query string, variables map[string]any, fault string) reply {
	c.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		c.t.Fatal(err)
	}
	header := map[string]string{
		"Authorization": "Bearer " + c.token, "Content-Type": "application/json",
		"Accept": "application/graphql-response+json, application/json;q=0.9",
	}
	if fault != "" {
		header[faultHeader] = fault
	}
	return send(c.t, http.MethodPost, c.s.APIURL(), string(body), header)
}

func (c caller) create(lead map[string]any, fault string) reply {
	c.t.Helper()
	return c.ask(createQuery, map[string]any{"input": lead}, fault)
}

func (c caller) submit(id, fault string, more ...map[string]any) reply {
	c.t.Helper()
	input := map[string]any{"leadId": id}
	for _, m := range more {
		for k, v := range m {
			input[k] = v
		}
	}
	return c.ask(submitQuery, map[string]any{"input": input}, fault)
}

func (c caller) look(id, fault string) reply {
	c.t.Helper()
	return c.ask(statusQuery, map[string]any{"id": id}, fault)
}

// person is a lead that satisfies every rule; changes replace fields, a nil value leaves one out.
func person(n string, changes ...map[string]any) map[string]any {
	lead := map[string]any{
		"firstName": "Ada", "lastName": "Lovelace", "email": "ada" + n + "@example.com", "homePhone": phone(n),
		"address1": "1 Main St", "city": "Dallas", "state": "OH", "zipCode": "65542", "leadId": "P-" + n,
		"socialSecurityNumber": "123456789", "dateOfBirth": "1985-06-15",
	}
	for _, change := range changes {
		for name, value := range change {
			lead[name] = value
			if value == nil {
				delete(lead, name)
			}
		}
	}
	return lead
}

// phone makes ten digits of a label, the same ones each time.
func phone(n string) string {
	sum := 0
	for _, r := range n {
		sum = sum*131 + int(r)
	}
	digits := []byte("4028000000")
	for i := len(digits) - 1; sum > 0 && i > 3; i-- {
		digits[i] = byte('0' + sum%10)
		sum /= 10
	}
	return string(digits)
}

// payload is the answer of an operation as it lies under data.
type payload struct {
	ID            string
	LeadID        string
	ResultCode    int
	StatusCode    int
	Note          string
	PartnerLeadID *string
	BidValue      *string
	UpdatedAt     string
	CrmRecordID   *string
	Crm           *string
}

func (r reply) payload(t *testing.T) payload {
	t.Helper()
	var got struct {
		Data   map[string]*payload
		Errors json.RawMessage
	}
	if err := json.Unmarshal(bytes.TrimSpace([]byte(r.body)), &got); err != nil || got.Errors != nil {
		t.Fatalf("no plain answer: %v %d %s", err, r.status, r.body)
	}
	for _, p := range got.Data {
		if p != nil {
			return *p
		}
	}
	t.Fatalf("no data: %d %s", r.status, r.body)
	return payload{}
}

func str(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}

// syncBuffer is a log that several goroutines write.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
