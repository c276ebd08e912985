package verify

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"intake/internal/consent"
	"intake/internal/evidence/packet"
)

// reader compares the words of texts with a page.
type reader struct {
	runs   []run
	known  map[string]string // what the words in braces stand for, by the words
	phone  string            // digits alone
	filled map[string]string // what the page has in the place of the others
}

// DocumentVersions are the versions of the documents that the page names, by their ids; empty for one that
// it does not name. It requires that the page shows each text that was acted on, names filled in, with the
// label of its box, that no box is checked, and that the button which the texts name is there.
func DocumentVersions(page []byte, r *packet.Record, texts map[string][]byte) (map[string]string, error) {
	runs, boxes := readPage(string(page))
	read := &reader{
		runs: runs, phone: digits(deref(r.PhoneConsented)), filled: map[string]string{},
		known: map[string]string{"{seller}": collapse(r.Seller), "{name}": collapse(deref(r.PersonName))},
	}
	if slices.ContainsFunc(boxes, checked.MatchString) {
		return nil, fmt.Errorf("%s has a box that was checked for the person", packet.PageFile)
	}
	for _, act := range r.Objects {
		if act.Shown == consent.ReadAloud {
			continue // it was on no page
		}
		if err := read.act(act, texts[packet.TextFile(act.TextID, act.Version)]); err != nil {
			return nil, err
		}
	}
	if asked := slices.DeleteFunc(slices.Clone(r.Objects), func(a consent.Act) bool { return a.Control == "" }); len(boxes) < len(asked) {
		return nil, fmt.Errorf("%s has %d boxes for %d consents", packet.PageFile, len(boxes), len(asked))
	}
	versions := map[string]string{consent.TermsOfUse: read.filled["{terms}"], consent.PrivacyNotice: read.filled["{privacy}"]}
	return versions, read.checkFilled()
}

// act requires the lines of a text on the page, in their order. Without the text it requires the label.
func (read *reader) act(act consent.Act, body []byte) error {
	if body == nil {
		return read.lines(packet.TextFile(act.TextID, act.Version), read.runs, act.Control)
	}
	words, err := wording(body, act)
	if err != nil {
		return fmt.Errorf("%s is not the text that was shown: %w", packet.TextFile(act.TextID, act.Version), err)
	}
	lines := slices.Concat([]string{words.Heading, words.Summary}, words.Paragraphs, []string{words.Control})
	return read.lines(packet.TextFile(act.TextID, act.Version), read.runs, lines...)
}

func (read *reader) lines(text string, runs []run, lines ...string) error {
	for i, line := range lines {
		if line == "" {
			continue
		}
		at, err := read.line(runs, line)
		if err != nil {
			return err
		}
		if at < 0 {
			return fmt.Errorf("%s does not show line %d of %s with the names of %s in it, in its place", packet.PageFile, i+1, text, packet.RecordFile)
		}
		runs = runs[at+1:]
	}
	return nil
}

// line finds the run that is the line, and stores what the page has for words in braces.
func (read *reader) line(runs []run, line string) (at int, err error) {
	pattern, names, err := read.pattern(collapse(line))
	if err != nil {
		return -1, err
	}
	for i, run := range runs {
		found := pattern.FindStringSubmatch(run.text)
		if found == nil {
			continue
		}
		for n, name := range names {
			if before, again := read.filled[name]; again && before != found[n+1] {
				return i, fmt.Errorf("%s fills in %s in two ways", packet.PageFile, name)
			}
			read.filled[name] = found[n+1]
		}
		return i, nil
	}
	return -1, nil
}

// forms match what the page may have for words in braces that the record has no value for.
var forms = map[string]string{
	"{seller}": `(.+?)`, "{name}": `(.+?)`, "{contact}": `(.+?)`, "{button}": `(.+?)`,
	"{phone}": `([0-9() .+-]+)`, "{terms}": `([0-9]+)`, "{privacy}": `([0-9]+)`,
}

var braces = regexp.MustCompile(`\{[a-z]+\}`)

// pattern matches the whole line, and names what it captures.
func (read *reader) pattern(line string) (*regexp.Regexp, []string, error) {
	var source strings.Builder
	var names []string
	source.WriteString("^")
	end := 0
	for _, place := range braces.FindAllStringIndex(line, -1) {
		name := line[place[0]:place[1]]
		source.WriteString(regexp.QuoteMeta(line[end:place[0]]))
		end = place[1]
		switch {
		case read.known[name] != "":
			source.WriteString(regexp.QuoteMeta(read.known[name]))
		case forms[name] != "":
			source.WriteString(forms[name])
			names = append(names, name)
		default:
			source.WriteString(regexp.QuoteMeta(name)) // nothing fills it in
		}
	}
	source.WriteString(regexp.QuoteMeta(line[end:]) + "$")
	pattern, err := regexp.Compile(source.String())
	if err != nil {
		return nil, nil, errors.New("a line of a text, or a name in it, is not made of characters")
	}
	return pattern, names, nil
}

// checkFilled compares what the page has for words in braces with the record.
func (read *reader) checkFilled() error {
	if phone, there := read.filled["{phone}"]; there && digits(phone) != read.phone {
		return fmt.Errorf("%s asks about another telephone number than the one in %s", packet.PageFile, packet.RecordFile)
	}
	button, there := read.filled["{button}"]
	if there && !slices.ContainsFunc(read.runs, func(r run) bool { return r.in == "button" && r.text == button }) {
		return errors.New("the button that the texts name is not on the page")
	}
	return nil
}

func deref(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
