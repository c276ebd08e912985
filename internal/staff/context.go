package staff

import "context"

type personKey struct{}

// WithPerson is the context of a request of somebody who is signed in.
func WithPerson(ctx context.Context, p Person) context.Context {
	return context.WithValue(ctx, personKey{}, p)
}

// PersonIn is who is signed in.
func PersonIn(ctx context.Context) (Person, bool) {
	p, ok := ctx.Value(personKey{}).(Person)
	return p, ok
}
