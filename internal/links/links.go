// Package links brings the links of hand-offs from the store to the webhook that sends them.
package links

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"intake/internal/config"
	"intake/internal/lead"
	"intake/internal/notify"
	"intake/internal/store"
)

// Links are those of the store, which are sent where somebody sends them.
type Links struct {
	*store.Store
	loop *notify.Loop // nil: nobody sends links
}

// New returns the links of a store, with the sender of the settings.
func New(cfg config.Config, s *store.Store, log *slog.Logger) (Links, error) {
	if cfg.LinkSender != config.Webhook {
		return Links{s, nil}, nil
	}
	sender, err := notify.NewWebhook(notify.Config{Address: string(cfg.LinkWebhook), Secret: cfg.WebhookSecret.Reveal(), Clock: s.Clock()})
	if err != nil {
		return Links{}, err
	}
	queue := linkQueue{s, strings.TrimRight(string(cfg.PublicURL), "/")}
	return Links{s, notify.NewLoop(notify.LoopConfig{Queue: queue, Sender: sender, Clock: s.Clock(), Log: log})}, nil
}

// AreSent says whether somebody sends links.
func (l Links) AreSent() bool { return l.loop != nil }

// Run sends links until ctx ends.
func (l Links) Run(ctx context.Context) {
	if l.loop != nil {
		l.loop.Run(ctx)
	}
}

// StartHandOff makes a link, and has it sent at once where somebody sends links.
func (l Links) StartHandOff(ctx context.Context, id lead.PartnerID, language string, asks lead.Asked, send bool, by lead.Agent) (lead.HandOff, error) {
	h, err := l.Store.StartHandOff(ctx, id, language, asks, send, by)
	if err == nil && l.loop != nil {
		l.loop.Wake()
	}
	return h, err
}

// linkQueue is the store's links as messages.
type linkQueue struct {
	store     *store.Store
	publicURL string
}

// Due takes the links that are to be sent now.
func (q linkQueue) Due(ctx context.Context, max int) ([]notify.Message, error) {
	links, err := q.store.LinksToSend(ctx, max, notify.Lease)
	var messages []notify.Message
	for _, l := range links {
		path := "/consent/"
		if l.Language == "es" {
			path = "/es/consent/"
		}
		messages = append(messages, notify.Message{
			Delivery: l.ID, Attempt: l.Sending.Attempts, Link: lead.Keep(q.publicURL + path + l.Tokens[lead.RouteSent].Reveal()), Code: l.Code,
			Phone: lead.Keep("+1" + l.Phone.Reveal()), Language: l.Language, ExpiresAt: l.ExpiresAt,
		})
	}
	return messages, err
}

// Sent notes that the receiver has a link.
func (q linkQueue) Sent(ctx context.Context, delivery string) error {
	return q.store.LinkSent(ctx, delivery)
}

// Failed notes why a link was not sent, and when it is tried again.
func (q linkQueue) Failed(ctx context.Context, delivery, reason string, next time.Time) error {
	return q.store.LinkFailed(ctx, delivery, reason, next)
}
