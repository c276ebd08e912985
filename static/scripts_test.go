package static

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

// forbidden maps a risk to what our scripts must not do because of it.
var forbidden = map[string]*regexp.Regexp{
	"text could become markup":                     regexp.MustCompile(`\b(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment|srcdoc)\b|document\.write`),
	"text could become a script":                   regexp.MustCompile(`\beval\s*\(|\bFunction\s*\(|\bset(Timeout|Interval)\s*\(\s*["'` + "`" + `]|javascript:|\bimport\s*\(`),
	"answers could stay in the browser":            regexp.MustCompile(`\b(localStorage|sessionStorage|indexedDB|caches|cookieStore)\b|document\.cookie|window\.name`),
	"the prototype of everything could be changed": regexp.MustCompile(`__proto__|\.prototype\b|Object\.(assign|setPrototypeOf)|\bfor\s*\([^)]*\bin\b|JSON\.parse`),
	"unlike things could be equal":                 regexp.MustCompile(`[^=!<>]==[^=]|!=[^=]`),
	"another window could give orders":             regexp.MustCompile(`postMessage|onmessage|["'` + "`" + `]message["'` + "`" + `]`),
	"another host could be asked":                  regexp.MustCompile(`https?:|["'` + "`" + `]//`),
}

func violations(script string) []string {
	var found []string
	for why, pattern := range forbidden {
		if at := pattern.FindString(script); at != "" {
			found = append(found, why+": "+at)
		}
	}
	return found
}

func TestScripts_MakeNoMarkupStoreNothingAndMergeNothing(t *testing.T) {
	scripts := 0
	for address, file := range byPath {
		if path.Ext(address) != ".js" || strings.HasPrefix(address, Prefix+"vendor/") {
			continue
		}
		scripts++
		for _, offence := range violations(string(file.body)) {
			t.Errorf("%s: %s", address, offence)
		}
	}
	if scripts == 0 {
		t.Error("there is no script to look at")
	}
}

func TestScripts_AViolationIsFound(t *testing.T) {
	for _, script := range []string{
		`box.innerHTML = text`, `box.insertAdjacentHTML("beforeend", text)`, `document.write(text)`, `frame.srcdoc = text`,
		`eval(text)`, `new Function(text)`, `setTimeout("go()", 1)`, `location = "javascript:go()"`, `import(text)`,
		`localStorage.ssn = text`, `sessionStorage.setItem("a", text)`, `document.cookie = text`, `indexedDB.open("a")`, `window.name = text`,
		`all["__proto__"].x = 1`, `Object.assign(all, given)`, `for (const key in given) all[key] = given[key]`, `JSON.parse(text)`, `Array.prototype.x = 1`,
		`if (a == b) go()`, `if (a != b) go()`,
		`addEventListener("message", go)`, `parent.postMessage(text, "*")`, `fetch("https://evil.example")`, `image.src = "//evil.example"`,
	} {
		if len(violations(script)) == 0 {
			t.Errorf("nobody minds %s", script)
		}
	}
	if found := violations(`for (const box of all) if (box.id !== "a" && n >= 1 || box === b) box.textContent = text;`); len(found) != 0 {
		t.Errorf("a harmless script is minded: %v", found)
	}
}
