package app

import (
	"context"
	"strings"
	"time"

	"intake/internal/config"
	"intake/internal/lead"
	"intake/internal/notify"
	"intake/internal/store"
)

// newLinkLoop is what sends the links of hand-offs to the webhook of the settings; nil when agents pass them on.
func newLinkLoop(a *App) (*notify.Loop, error) {
	if a.cfg.LinkSender != config.Webhook {
		return nil, nil
	}
	sender, err := notify.NewWebhook(notify.Config{Address: string(a.cfg.LinkWebhook), Secret: a.cfg.WebhookSecret.Reveal(), Clock: a.store.Clock()})
	if err != nil {
		return nil, err
	}
	queue := linkQueue{a.store, strings.TrimRight(string(a.cfg.PublicURL), "/")}
	return notify.NewLoop(notify.LoopConfig{Queue: queue, Sender: sender, Clock: a.store.Clock(), Log: a.log}), nil
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
