package packet

import (
	"encoding/hex"
	"errors"
	"fmt"

	"intake/internal/consent"
)

// States of the record in chain.json.
const (
	Linked   = "linked"
	Unlinked = "not linked yet"
)

// Chain is chain.json: the link of the record, and the signed end of the chain.
type Chain struct {
	State      string        `json:"state"`
	Link       *Link         `json:"link,omitempty"`
	DigestSalt []byte        `json:"digestSalt,omitempty"` // base64
	Head       *consent.Head `json:"head,omitempty"`
}

// Link is a link of the chain.
type Link struct {
	Seq      int64  `json:"seq"`
	Facts    []Fact `json:"facts"`
	Previous string `json:"previous"` // hexadecimal; empty in the first link
	Hash     string `json:"hash"`
}

// Fact is a fact of a link.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// NewLink is l in the form of chain.json.
func NewLink(l consent.Link) *Link {
	link := &Link{Seq: l.Seq, Previous: hex.EncodeToString(l.Previous), Hash: hex.EncodeToString(l.Hash)}
	for _, fact := range l.Facts {
		link.Facts = append(link.Facts, Fact(fact))
	}
	return link
}

// Consent is the link in the form whose hash can be computed.
func (l *Link) Consent() (consent.Link, error) {
	previous, err := hex.DecodeString(l.Previous)
	hash, hashErr := hex.DecodeString(l.Hash)
	if err := errors.Join(err, hashErr); err != nil {
		return consent.Link{}, fmt.Errorf("%s has a hash that is none", ChainFile)
	}
	link := consent.Link{Seq: l.Seq, Previous: previous, Hash: hash}
	for _, fact := range l.Facts {
		link.Facts = append(link.Facts, consent.Fact(fact))
	}
	return link, nil
}
