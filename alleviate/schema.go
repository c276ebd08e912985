package alleviate

import (
	"strconv"
	"strings"
	"time"

	"intake/alleviate/internal/graphql"
	"intake/alleviate/internal/wire"
)

// schema is what may be taken out of an answer of MLAS and shown. The sentences are parts of the messages that
// /guides/testing expects.
var schema = graphql.Schema{
	Fields: append(names(LeadInput{}.values()), names(SubmitLeadInput{}.values())...),
	Sentences: map[string]string{
		"invalid email": "email",
		"invalid date":  "dateOfBirth",
		"invalid state": "state",
	},
	Shows: map[string]func(string) bool{
		"resultCode": isNumber, "statusCode": isNumber,
		"id": isID, "leadId": isID, "partnerLeadId": isID, "crmRecordId": isID, "crm": isID,
		"note":      func(text string) bool { return text == "Lead processing complete" }, // of every example
		"bidValue":  func(text string) bool { _, err := ParseBid(text); return err == nil },
		"updatedAt": func(text string) bool { _, err := time.Parse(time.RFC3339, text); return err == nil },
	},
}

func names(values []graphql.Value) (list []string) {
	for _, v := range values {
		list = append(list, v.Name)
	}
	return list
}

func isNumber(text string) bool { _, err := strconv.ParseInt(text, 10, 32); return err == nil }

// isID says whether text is an id and can be neither an address nor a sentence.
func isID(text string) bool {
	return text != "" && len(text) <= maxShownID && strings.Trim(text, wire.LettersDigits+"-_.:") == ""
}

const maxShownID = 128 // characters; three times a UUID

func warnings(a graphql.Answer) (list []Warning) {
	for _, w := range a.Warnings {
		list = append(list, Warning(w))
	}
	return list
}

func bid(text string) Bid {
	b, _ := ParseBid(text) // an unreadable bid keeps its text
	return b
}
