package restore

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"intake/internal/durable"
	"intake/internal/lead"
	"intake/internal/store/optout"
)

// The list of what must not come back is a text of lines: the format; "erased", our id of a lead and when; "opted-out",
// a person's blind index, their first and newest word and its channel. A list to which lines are appended
// may end with any line; a whole one, as beside a backup, says so in its format and ends with "end". Each line ends
// with a keyed hash of itself and of the hash before it. The list holds ids and keyed hashes alone, so that it may stand where the
// keys do not.
const (
	appendedFormat = "intake forgotten 2"
	wholeFormat    = "intake forgotten 2, whole"
	wholeEnd       = "end"
	forgottenKey   = "list of erasures and opt-outs"
)

// appendLimit is how many lines are appended at once. Each costs an fsync, and to replace the file costs two.
const appendLimit = 50

// listFile is a file of the list.
type listFile struct {
	forgetList
	format string
	ended  bool   // the last line is the end of a whole list
	size   int64  // in bytes, without a last line that a power cut left in parts
	sum    []byte // keyed hash of the last line
}

func newListFile() listFile { return listFile{forgetList: emptyForgetList()} }

// encodeWhole is the whole list, to which nothing is appended.
func (f forgetList) encodeWhole(key []byte) []byte {
	return bytes.Join(signLines(nil, key, slices.Concat([]string{wholeFormat}, f.lines(), []string{wholeEnd})), nil)
}

// encodeOpen is a list to which lines may be appended.
func (f forgetList) encodeOpen(key []byte) []byte {
	return bytes.Join(signLines(nil, key, slices.Concat([]string{appendedFormat}, f.lines())), nil)
}

func (f forgetList) lines() (lines []string) {
	for _, id := range slices.Sorted(maps.Keys(f.erased)) {
		lines = append(lines, fmt.Sprintf("erased %s %d", id, f.erased[id]))
	}
	for _, person := range slices.Sorted(maps.Keys(f.optedOut)) {
		row := f.optedOut[person]
		lines = append(lines, fmt.Sprintf("opted-out %x %d %d %q", person, row.Since, row.Last, row.Channel))
	}
	return lines
}

// signLines gives each line its hash; sum is that of the line before.
func signLines(sum, key []byte, lines []string) (signed [][]byte) {
	for _, line := range lines {
		sum = lineSum(sum, key, line)
		signed = append(signed, fmt.Appendf(nil, "%s %x\n", line, sum))
	}
	return signed
}

func lineSum(before, key []byte, line string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(before)
	mac.Write([]byte(line))
	return mac.Sum(nil)
}

// extendList adds to the file at path what it does not know. A file that is missing, whole, or lacks much, is replaced.
func (s *Restorer) extendList(path string, old listFile, news forgetList) error {
	key := s.Keys.Derive(forgottenKey)
	if old.format != appendedFormat || news.len() > appendLimit {
		return durable.Replace(path, old.with(news).encodeOpen(key))
	}
	return durable.Append(path, old.size, signLines(old.sum, key, news.lines()))
}

// errNoList is why a file is no use as a list.
var errNoList = errors.New("it is damaged, cut short, or the list of another database")

// decodeForgotten reads a list that was written with the same key. It leaves out a last line of which a power cut
// has left a part: one without an end, or with zeros where a part did not reach the disk.
func decodeForgotten(text, key []byte) (listFile, error) {
	f := newListFile()
	for rest := text; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		inParts := !ended || len(after) == 0 && bytes.IndexByte(line, 0) >= 0
		if inParts && f.format == appendedFormat {
			break
		}
		if !ended || f.addSigned(string(line), key) != nil {
			return f, errNoList
		}
		f.size += int64(len(line)) + 1
		rest = after
	}
	if f.format == "" || f.format == wholeFormat && !f.ended {
		return f, errNoList
	}
	return f, nil
}

// addSigned adds a line when its hash follows the one before.
func (f *listFile) addSigned(line string, key []byte) error {
	at := strings.LastIndexByte(line, ' ')
	if at < 0 || f.ended {
		return errNoList
	}
	sum, err := hex.DecodeString(line[at+1:])
	line = line[:at]
	if err != nil || !hmac.Equal(sum, lineSum(f.sum, key, line)) {
		return errNoList
	}
	f.sum = sum
	switch {
	case f.format != "" && line != wholeEnd:
		return f.add(line)
	case f.format != "":
		f.ended = true
	case line == appendedFormat || line == wholeFormat:
		f.format = line
	default:
		return errNoList
	}
	return nil
}

// add adds what a line tells.
func (f forgetList) add(line string) error {
	words := strings.SplitN(line, " ", 5)
	numbers := make([]int64, len(words))
	for i := range words[:min(len(words), 4)] {
		numbers[i], _ = strconv.ParseInt(words[i], 10, 64) // some are names
	}
	switch {
	case words[0] == "erased" && len(words) == 3:
		f.putErased(lead.PartnerID(words[1]), numbers[2])
	case words[0] == "opted-out" && len(words) == 5:
		channel, err := strconv.Unquote(words[4])
		person, hexErr := hex.DecodeString(words[1])
		if err != nil || hexErr != nil {
			return errNoList
		}
		f.addPerson(string(person), optout.Suppression{Since: numbers[2], Last: numbers[3], Channel: channel})
	default:
		return errNoList
	}
	return nil
}
