package verify

import (
	"strings"
	"testing"
)

func TestReadPage_ReadsWhatAPersonReads(t *testing.T) {
	for _, tt := range []struct{ page, want string }{
		{"<p>one</p><p>two</p>", "one|two"},
		{"<p>a <b>b</b> <a href=\"/x\">c</a>\n d</p>", "a b c d"},
		{"<p>Fish &amp; O&#39;Brien &quot;&lt;b&gt;&quot;</p>", `Fish & O'Brien "<b>"`},
		{"<p>a<br>b</p>", "a|b"},
		{"<p>a<!-- <p>hidden</p> -->b</p>", "a|b"},
		{"<script>var p = '<p>no</p>'</script><style>p{}</style><p>yes</p>", "yes"},
		{"<p title=\"not read\">x</p>", "x"},
		{"no tags", "no tags"},
		{"<p>open", "open"},
		{"<p", ""},
		{"<!-- open", ""},
		{"<script>open", ""},
		{"", ""},
	} {
		var got []string
		runs, _ := readPage(tt.page)
		for _, r := range runs {
			got = append(got, r.text)
		}
		if joined := strings.Join(got, "|"); joined != tt.want {
			t.Errorf("%q reads %q, want %q", tt.page, joined, tt.want)
		}
	}
}
