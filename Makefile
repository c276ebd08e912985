# Two commands are enough: "make run" starts Intake, "make test" passes the tests.
.PHONY: run test quick fresh check generate pages pictures bench install packages browser harness generated vet staticcheck tidy image fuzz foreign \
  storm roll powercut soak fifty outage faults canary lighthouse vulncheck sqlmap

run:
	go run .

test: install packages browser harness

# For whoever writes code: nothing to install, no browser, no race detector.
POSTGRES = Postgres|OnBothEngines
quick:
	@echo "left out: the race detector, all of e2e, and the tests that need PostgreSQL ($(POSTGRES))"
	@go test -skip '$(POSTGRES)' $$(go list ./... | grep -v /e2e)

# Both commands in a bare Debian that it makes, on a clone of the current commit. CI does not run it.
fresh:
	e2e/fresh/fresh

# What CI runs; each stage tells its seconds.
check:
	@for stage in generated vet staticcheck tidy install packages browser harness image; do \
	  echo "== $$stage"; begun=$$(date +%s); $(MAKE) --no-print-directory $$stage || exit 1; \
	  echo "== $$stage took $$(( $$(date +%s) - begun )) s"; done

generate:
	go tool templ generate

# Every page in every state, with its files, to be opened in a browser.
PAGES = bin/pages
pages:
	go test -count=1 -run TestStorybook ./views -args -pages $(abspath $(PAGES))
	@echo "open $(PAGES)/index.html"

# The pictures of the documents, from the running program; docs/pictures is their folder.
pictures: install
	go test -count=1 -tags pictures -run TestPictures ./e2e

bench: install
	go test -run '^$$' -bench . -benchtime 2s ./internal/store ./handlers/apply ./e2e ./e2e/harness

# The stages of check.

generated:
	@before=$$(cat $$(git ls-files '*_templ.go') | sha256sum); \
	go tool templ generate -log-level error && \
	test "$$before" = "$$(cat $$(git ls-files '*_templ.go') | sha256sum)" || \
	{ git status --short -- '*_templ.go'; echo "the generated code is not what the .templ files make; run make generate and commit it"; exit 1; }

vet:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	go vet ./...

staticcheck:
	go tool -modfile=internal/tools/go.mod staticcheck ./...

tidy:
	go mod tidy -diff
	go mod verify

install:
	e2e/install

# SQLite is C made Go and keeps its memory outside of Go's: the race detector can find nothing of ours in
# it, and would spend two thirds of the store's time there. Our code and all else is looked at.
RACE = -race '-gcflags=modernc.org/sqlite/lib=-race=false -d=checkptr=0'

# The longest package begins first, so that the others fill the time beside it.
packages:
	go test $(RACE) -timeout 10m ./internal/store $$(go list ./... | grep -v -e /e2e -e /internal/store$$)

browser:
	go test -count=1 -parallel 4 -timeout 20m ./e2e

harness:
	go test -count=1 -timeout 20m ./e2e/harness

image:
	e2e/image

# Ten minutes for each fuzz test; what it finds stays as a seed. Neither test nor check runs it.
fuzz:
	@for package in alleviate/internal/entra alleviate/internal/graphql validation internal/lead internal/prefill; do for name in $$(grep -ho '^func Fuzz[A-Za-z]*' $$package/*_test.go | cut -c6-); do \
	  go test -run '^$$' -fuzz "^$$name\$$" -fuzztime 10m -fuzzminimizetime 10x ./$$package || exit 1; done; done

# Alleviate's client on GraphQL and token servers that are not ours, and the staff's sign-in at an identity provider
# that is not ours; neither test nor check runs it.
foreign: install
	cd e2e/foreign && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	go test -count=1 -tags foreign ./e2e/foreign
	go test -count=1 -tags foreign -run TestForeign ./e2e

# The first pages under Lighthouse; the reports are in bin/lighthouse. Neither test nor check runs it.
lighthouse:
	cd e2e/lighthouse && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	CHROME_PATH=$${CHROME_PATH:-$$(command -v chromium || command -v chromium-headless-shell)} node e2e/lighthouse/lighthouse.mjs

# What is known of the libraries that we reach; VULNDB=… asks another database. It needs the network, so
# neither test nor check runs it.
vulncheck:
	e2e/vulncheck

# sqlmap at every form, cookie and header that is kept, on both engines; what it says is in bin/sqlmap.
# Neither test nor check runs it.
sqlmap:
	e2e/install sqlmap
	go test -count=1 -v -timeout 60m -tags sqlmap -run SQLMap ./e2e

# The full doses of what "make harness" takes a little of; each prints its seed and its figures.
# "make storm ENGINE=postgres" storms three programs on one PostgreSQL.
ENGINE = sqlite
storm:
	go test -count=1 -v -timeout 150m -run Storm ./e2e/harness -args -engine $(ENGINE) -leads 10000 -kills 500 -rolls 100 -restores 10

roll:
	go test -count=1 -v -timeout 60m -run Roll ./e2e/harness -args -replaced 100

powercut:
	go test -count=1 -v -timeout 60m -run PowerCut ./e2e/harness -args -cuts 100 -injected 1000

MINUTES = 10
soak:
	go test -count=1 -v -timeout 120m -run Soak ./e2e/harness -args -minutes $(MINUTES)

fifty:
	go test -count=1 -v -timeout 60m -run Fifty ./e2e/harness -args -keys 1000 -leavers 1000

outage:
	go test -count=1 -v -timeout 60m -run Outage ./e2e/harness -args -waiting 10000

# Parts of "make browser" by their names.
faults:
	go test -count=1 -v -run TestFaults ./e2e

canary:
	go test -count=1 -v -run TestCanary ./e2e
