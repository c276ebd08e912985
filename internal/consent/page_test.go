package consent

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"
)

func TestKept_ReplacesEachPartOfTheAnswersByAMarker(t *testing.T) {
	p := Page{Parts: []Part{
		{Shell, []byte("<h1>")}, {Words, []byte("Maria")}, {Answers, []byte("ends 6789")}, {Shell, []byte("</h1>")}, {Answers, nil},
	}}
	salt := bytes.Repeat([]byte{7}, 32)
	sum := func(answer string) string {
		return fmt.Sprintf("%x", sha256.Sum256(append(bytes.Clone(salt), answer...)))
	}
	want := "<h1>Maria<!-- answers erased, salted SHA-256 " + sum("ends 6789") + " --></h1><!-- answers erased, salted SHA-256 " + sum("") + " -->"
	kept := p.Kept(salt)
	if got := string(kept.Bytes()); got != want || !kept.Erased {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got := string(p.Bytes()); got != "<h1>Mariaends 6789</h1>" || p.Erased {
		t.Errorf("the page itself became %s", got)
	}
	if bytes.Equal(kept.Bytes(), p.Kept(make([]byte, 32)).Bytes()) {
		t.Error("the salt makes no difference")
	}
}
