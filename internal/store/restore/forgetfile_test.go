package restore

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
	"intake/internal/store/optout"
)

var listKey = []byte("key")

// forgetListOf is a list of so many erasures and of one person who opted out.
func forgetListOf(erasures int) forgetList {
	f := emptyForgetList()
	for i := range erasures {
		f.erased[lead.PartnerID(fmt.Sprint("LEAD", i))] = int64(1000 + i)
	}
	f.optedOut["00ff"] = optout.Suppression{Since: 1000, Last: 2000, Channel: "by phone"}
	return f
}

func wantList(t *testing.T, text []byte, want forgetList) listFile {
	t.Helper()
	got, err := decodeForgotten(text, listKey)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.forgetList, cmp.AllowUnexported(forgetList{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	return got
}

func wantNoList(t *testing.T, what string, text []byte) {
	t.Helper()
	if got, err := decodeForgotten(text, listKey); err == nil {
		t.Errorf("%s: it was read as a list of %d", what, got.len())
	}
}

func TestForgetFile_IsReadAsItWasWritten(t *testing.T) {
	want := forgetListOf(3)
	wantList(t, want.encodeWhole(listKey), want)
	open := wantList(t, want.encodeOpen(listKey), want)
	more := forgetListOf(5)
	more.optedOut["00ff"] = optout.Suppression{Since: 900, Last: 3000, Channel: "web"} // the same person once more
	text := slices.Concat(want.encodeOpen(listKey), bytes.Join(signLines(open.sum, listKey, more.lines()), nil))
	if got := wantList(t, text, more); got.size != int64(len(text)) {
		t.Errorf("its size is %d, want %d", got.size, len(text))
	}
}

// A power cut leaves at most the last line in parts: each cut of an appended list is the list of before.
func TestForgetFile_ALastLineInPartsIsLeftOut(t *testing.T) {
	text := forgetListOf(3).encodeOpen(listKey)
	first := bytes.IndexByte(text, '\n') + 1
	for cut := first; cut < len(text); cut++ {
		got, err := decodeForgotten(text[:cut], listKey)
		lines := bytes.Count(text[:cut], []byte("\n"))
		if err != nil || got.len() != lines-1 || got.size != int64(bytes.LastIndexByte(text[:cut], '\n')+1) {
			t.Fatalf("%d bytes: a list of %d, %d bytes of it whole, %v; want %d", cut, got.len(), got.size, err, lines-1)
		}
	}
	last := bytes.LastIndexByte(text[:len(text)-1], '\n') + 1
	for _, part := range [][2]int{{last, last + 10}, {last + 20, len(text)}, {last, len(text)}} {
		lost := bytes.Clone(text)
		clear(lost[part[0]:part[1]]) // did not reach the disk
		if got, err := decodeForgotten(lost, listKey); err != nil || got.len() != 3 || got.size != int64(last) {
			t.Errorf("zeros at %v: a list of %d, %v, want 3", part, got.len(), err)
		}
	}
}

func TestForgetFile_IsRefusedWhenItWasChanged(t *testing.T) {
	text := forgetListOf(3).encodeOpen(listKey)
	lines := bytes.SplitAfter(text, []byte("\n"))
	for i := range text[:len(text)-1] {
		changed := bytes.Clone(text)
		changed[i] ^= 1
		wantNoList(t, fmt.Sprint("a flipped bit at ", i), changed)
	}
	other := forgetListOf(4).encodeOpen([]byte("other"))
	for what, text := range map[string][]byte{
		"nothing":                  nil,
		"a first line in parts":    lines[0][:len(lines[0])-1],
		"a missing line":           slices.Concat(lines[0], lines[2], lines[3]),
		"lines that changed place": slices.Concat(lines[0], lines[2], lines[1], lines[3]),
		"a line twice":             slices.Concat(lines[0], lines[1], lines[1]),
		"zeros before whole lines": slices.Concat(lines[0], make([]byte, len(lines[1])-1), []byte("\n"), lines[2]),
		"the list of other keys":   other,
		"a line of other keys":     slices.Concat(lines[0], bytes.SplitAfter(other, []byte("\n"))[1]),
	} {
		wantNoList(t, what, text)
	}
}

func TestForgetFile_AWholeListIsRefusedWhereverItIsCut(t *testing.T) {
	text := forgetListOf(3).encodeWhole(listKey)
	for cut := range len(text) {
		wantNoList(t, fmt.Sprint("cut at ", cut), text[:cut])
	}
	wantNoList(t, "with more behind its end", slices.Concat(text, []byte("erased LEAD 1 00\n")))
}
