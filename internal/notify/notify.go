// Package notify sends the link of a hand-off to a webhook, which brings it to the consumer's phone. docs/webhook.md has what the receiver
// gets and how it checks that.
//
// To wire it in, the owner of the links implements Queue over its table and runs a Loop beside the other loops of the program:
//
//	sender, err := notify.NewWebhook(notify.Config{Address: string(cfg.LinkWebhook), Secret: cfg.WebhookSecret.Reveal(), Clock: clock})
//	loop := notify.NewLoop(notify.LoopConfig{Queue: links, Sender: sender, Clock: clock, Log: log})
//	… runAll(background, …, loop.Run)
//
// With INTAKE_LINK_SENDER=none there is neither. Whoever has stored a new link calls loop.Wake, so that it goes out at once; the loop looks by
// itself every two seconds. A table for Due needs, for each message: the delivery id (random, made once), next_at (null: at rest), attempts,
// and the failure to show. Due is one statement, which is also the lease that keeps other processes away:
//
//	update link set next_at = now + notify.Lease, attempts = attempts + 1
//	where id in (select id from link where next_at <= now order by next_at limit max for update skip locked) returning …
//
// It must leave out links that were accepted, declined or withdrawn by an opt-out or an erasure, but not those that are over: the loop fails
// them, so that the desk shows it. Sent sets next_at to null and the state to sent. Failed sets next_at to the next attempt, or to null and
// the state to failed when that is the zero time, and keeps the reason for the desk.
//
// A message holds no Social Security number and no other answer: there is no field for one.
package notify

import (
	"context"
	"time"

	"intake/internal/lead"
)

// Message is a link that the receiver of the webhook is to bring to a phone.
type Message struct {
	Delivery  string // the same for every attempt, so that the receiver can drop repeats
	Attempt   int    // 1, and one more each time
	Link      lead.Private[string]
	Code      lead.Private[string] // to type in place of the link
	Phone     lead.Private[string] // in E.164: +15125550148
	Language  string               // "en" or "es"
	ExpiresAt time.Time            // the link's end: it is not sent from then on
}

// Sender makes one attempt to send a message. Its error is a *Failure.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Failure is why a message was not sent, as far as we know. It quotes nothing of the message, the address or the answer.
type Failure struct {
	Reason string        // for the log and the desk: "answered 404"
	Again  bool          // another attempt may succeed
	After  time.Duration // the receiver asks to wait at least this long; 0: it does not say
}

func (f *Failure) Error() string { return f.Reason }
