package handlers

import (
	"net"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"

	"intake/internal/consent"
	"intake/static"
	"intake/views/apply"
	"intake/views/frame"
)

// router is the map of the house: every address.
func (h *Handlers) router() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = h.showProblem
	e.IPExtractor = func(r *http.Request) string { return h.clientIP(r).Reveal() } // echo's own believes anybody
	e.Use(nameRoute)

	for _, language := range languages {
		h.speak(e, language)
	}
	e.GET("/es", func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, "/es/") })
	e.POST("/zip", h.tellPlace)
	e.POST(reportPath, h.noteReport)

	e.GET("/healthz", h.showHealth)
	e.GET("/readyz", h.showReady)
	e.GET("/robots.txt", h.showRobots)
	e.GET("/favicon.ico", h.showIcon)
	e.GET(static.Prefix+"*", echo.WrapHandler(http.HandlerFunc(h.Site.Look.Serve)))
	return e
}

// speak is every page that people see, in one language.
func (h *Handlers) speak(e *echo.Echo, language string) {
	for _, page := range []struct {
		path      string
		get, post echo.HandlerFunc
	}{
		{"/", h.showLanding, nil},
		{"/apply", h.goOn, nil},
		{apply.StepPath(apply.StepDebt), goToLanding, h.receiveDebt},
		{apply.StepPath(apply.StepYou), h.showStep(apply.StepYou), h.receiveStep(apply.StepYou)},
		{apply.StepPath(apply.StepHome), h.showStep(apply.StepHome), h.receiveStep(apply.StepHome)},
		{apply.StepPath(apply.StepIncome), h.showStep(apply.StepIncome), h.receiveStep(apply.StepIncome)},
		{"/apply/check", h.showCheck, h.receiveCheck},
		{"/status/:handle", h.showStatus, nil},
		{"/status/:handle/events", h.streamStatus, nil},
		{"/opt-out", h.showOptOut, h.receiveOptOut},
		{"/opt-out/done", h.showOptedOut, nil},
		{"/privacy", h.showDocument(consent.PrivacyNotice), nil},
		{"/terms", h.showDocument(consent.TermsOfUse), nil},
	} {
		path := frame.LinkIn(language, page.path)
		e.GET(path, page.get)
		if page.post != nil {
			e.POST(path, page.post)
		}
	}
}

// Routes is every address with what stands around all of them.
func (h *Handlers) Routes() (http.Handler, error) {
	if err := h.cutLandings(); err != nil {
		return nil, err
	}
	e := h.router()
	compressed, err := gzhttp.NewWrapper(gzhttp.MinSize(1<<10), gzhttp.RandomJitter(32, 0, false))
	if err != nil {
		return nil, err
	}
	pages := exceptStreams(compressed(e), e)
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(http.HandlerFunc(h.denyCrossOrigin))

	// From the outside in.
	return chain(pages,
		h.giveRequestID,
		h.logAccess,
		h.recoverPanic,
		h.setHeaders,
		h.limitAll,
		h.checkHost,
		crossOrigin.Handler,
		h.limitPosts,
		h.limitBody,
	), nil
}

// exceptStreams keeps event streams away from the compressor: each would hold one for minutes.
func exceptStreams(compressed, plain http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/events") {
			plain.ServeHTTP(w, r)
			return
		}
		compressed.ServeHTTP(w, r)
	})
}

func chain(inner http.Handler, outside ...func(http.Handler) http.Handler) http.Handler {
	for i := len(outside) - 1; i >= 0; i-- {
		inner = outside[i](inner)
	}
	return inner
}

// hostOf is the host of an address without its port.
func hostOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return hostport
}
