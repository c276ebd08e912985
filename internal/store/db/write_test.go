package db

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestWrite_SaysThatATimedOutChangeMayBeMade(t *testing.T) {
	e := newSQLite(t)
	begun, end := make(chan struct{}), make(chan struct{})
	defer close(end)
	go func() { // keeps the writer busy
		_ = e.Write(context.Background(), func(context.Context, Queries) error {
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	_, err := Write(t.Context(), e, time.Millisecond, func(context.Context, Queries) (int, error) { return 0, nil })
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "may be made all the same") {
		t.Errorf("got %v", err)
	}
}
