package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"intake/alleviate/outbound"
	"intake/internal/clock"
)

const (
	// MinSecret is the length of the shortest secret, in bytes: that of the hash's result.
	MinSecret = 32

	callLimit      = 10 * time.Second
	dialLimit      = 3 * time.Second
	maxHeaderBytes = 16 << 10
	maxAnswer      = 16 << 10 // bytes that are read, so that the connection can be used again; nobody looks at them
	maxAfter       = 2 * time.Minute
)

// Config says where the webhook is.
type Config struct {
	Address string // https, or http on loopback
	Secret  string // that its receiver has too
	Clock   *clock.Clock
}

// Webhook sends messages as signed POST requests.
type Webhook struct {
	cfg    Config
	client *http.Client
}

// NewWebhook makes a sender. It refuses an address over which a link would cross the network in the clear, and a short secret.
func NewWebhook(cfg Config) (*Webhook, error) {
	u, err := url.Parse(cfg.Address)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return nil, errors.New("the webhook's address must be https, or http on loopback") // err would quote it
	}
	if len(cfg.Secret) < MinSecret {
		return nil, fmt.Errorf("the webhook's secret has fewer than %d bytes", MinSecret)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &Webhook{cfg, &http.Client{
		Transport: &http.Transport{
			Protocols:              protocols,
			Proxy:                  nil,
			DialContext:            outbound.Dialer{Dialer: net.Dialer{Timeout: dialLimit}}.DialContext,
			TLSHandshakeTimeout:    dialLimit,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			MaxResponseHeaderBytes: maxHeaderBytes,
			IdleConnTimeout:        callLimit,
			DisableCompression:     true,
		},
		Timeout:       callLimit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// body is what is sent. It is the same for every attempt.
type body struct {
	Type      string    `json:"type"`
	ID        string    `json:"id"`
	Link      string    `json:"link"`
	Code      string    `json:"code"`
	Phone     string    `json:"phone"`
	Language  string    `json:"language"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Send makes one attempt. Nothing of the answer but its status and Retry-After counts.
func (w *Webhook) Send(ctx context.Context, m Message) error {
	text, err := json.Marshal(body{"consent_link", m.Delivery, m.Link.Reveal(), m.Code.Reveal(), m.Phone.Reveal(), m.Language, m.ExpiresAt.UTC().Truncate(time.Second)})
	if err != nil {
		return &Failure{Reason: "the message cannot be written"}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.cfg.Address, bytes.NewReader(text))
	if err != nil {
		return &Failure{Reason: "the address cannot be used"}
	}
	at := strconv.FormatInt(w.cfg.Clock.Now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Intake")
	r.Header.Set("webhook-id", m.Delivery)
	r.Header.Set("webhook-timestamp", at)
	r.Header.Set("webhook-signature", "v1,"+w.sign(m.Delivery+"."+at+"."+string(text)))
	answer, err := w.client.Do(r)
	if err != nil {
		return &Failure{Reason: reasonOf(err), Again: true}
	}
	_, _ = io.CopyN(io.Discard, answer.Body, maxAnswer) // a connection that cannot be used again is closed
	_ = answer.Body.Close()
	return w.judge(answer)
}

func (w *Webhook) sign(text string) string {
	mac := hmac.New(sha256.New, []byte(w.cfg.Secret))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// judge says what a status means.
func (w *Webhook) judge(answer *http.Response) error {
	status := answer.StatusCode
	f := &Failure{Reason: fmt.Sprintf("the webhook answered %d", status), Again: true}
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests, status >= 500:
		f.After = w.retryAfter(answer.Header.Get("Retry-After"))
	case status >= 400:
		f.Again = false
	case status >= 300:
		f.Reason += ", which leads elsewhere and is not followed"
	}
	return f
}

// retryAfter reads seconds or a date, two minutes at most; 0 when there is none that can be read.
func (w *Webhook) retryAfter(text string) time.Duration {
	text = strings.TrimSpace(text)
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, maxAfter)
	}
	if date, err := http.ParseTime(text); err == nil {
		return min(max(0, date.Sub(w.cfg.Clock.Now())), maxAfter)
	}
	return 0
}

// reasonOf says why there was no answer, in our own words: those of err quote the address.
func reasonOf(err error) string {
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	dns, isDNS := errors.AsType[*net.DNSError](err)
	timeout, isNet := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, outbound.ErrWrongAddress):
		return "the webhook's name leads to an address that is not public"
	case certificate, authority:
		return "the webhook's certificate is not valid"
	case isDNS && dns.IsNotFound:
		return "the webhook's name does not exist"
	case isNet && timeout.Timeout():
		return "the webhook did not answer in time"
	}
	return "the webhook could not be reached"
}
