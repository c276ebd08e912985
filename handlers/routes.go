package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"

	"intake/handlers/apply"
	"intake/handlers/desk"
	"intake/handlers/web"
	"intake/internal/consent"
	"intake/static"
	"intake/views/frame"
)

// Routes is every URL with the middleware around its group, outermost first.
func (h *Handlers) Routes() (http.Handler, error) {
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1<<10), gzhttp.RandomJitter(32, 0, false))
	if err != nil {
		return nil, err
	}
	router := h.router()
	uncompressed := http.Handler(router)
	compressed := http.Handler(compress(router))

	// Health checks have no limit on requests and answer to every host: a flood must not look like a crash.
	health := chain(compressed, h.RefuseCrossOrigin, h.LimitPosts, h.LimitBody)
	// An event stream would hold a compressor for as long as it is open.
	pages := split(web.IsStream, uncompressed, compressed)
	consumers := chain(pages, h.LimitRequests, h.CheckHost, h.RefuseCrossOrigin, h.LimitPosts, h.LimitBody)
	// Staff are limited by their session, in the gate: neither a flood of visitors nor the one address of a call center
	// locks them out.
	staff := chain(pages, h.CheckHost, h.RefuseCrossOrigin, h.LimitBody)

	return chain(split(isHealth, health, split(h.isStaff, staff, consumers)), h.GiveRequestID, h.LogAccess, h.RecoverPanic, h.SetHeaders), nil
}

// router maps every URL to its handler.
func (h *Handlers) router() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = h.ShowProblem
	e.IPExtractor = func(r *http.Request) string { return h.ClientIP(r).Reveal() } // echo's own trusts any header
	e.Use(web.RecordRoute, desk.HideToken)
	if h.signIn != nil {
		e.Use(h.signIn.Gate)
		h.staffPages(e)
	}

	for _, language := range web.Languages {
		h.consumerPages(e.Group(strings.TrimSuffix(frame.LinkIn(language, "/"), "/")))
	}
	if h.desk != nil {
		h.desk.Routes(e.Group("/desk"))
	}
	if h.leads != nil {
		h.leads.Routes(e.Group("/desk"))
	}
	e.GET("/es", func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, "/es/") })
	e.POST("/zip", h.apply.LookUpPlace)
	e.POST(web.ReportPath, h.receiveReport)

	e.GET("/healthz", h.showHealth)
	e.GET("/readyz", h.showReady)
	e.GET("/robots.txt", h.showRobots)
	e.GET("/favicon.ico", h.showIcon)
	e.GET(static.Prefix+"*", echo.WrapHandler(http.HandlerFunc(h.Site.Look.Serve)))
	return e
}

// consumerPages is every page that consumers see, in one language.
func (h *Handlers) consumerPages(g *echo.Group) {
	g.GET("/", h.apply.ShowLanding)
	g.GET("/apply", h.apply.Resume)
	g.GET("/apply/debt", apply.RedirectToLanding)
	g.POST("/apply/debt", h.apply.ReceiveDebt)
	g.GET("/apply/you", h.apply.ShowStep(apply.StepYou))
	g.POST("/apply/you", h.apply.ReceiveStep(apply.StepYou))
	g.GET("/apply/home", h.apply.ShowStep(apply.StepHome))
	g.POST("/apply/home", h.apply.ReceiveStep(apply.StepHome))
	g.GET("/apply/income", h.apply.ShowStep(apply.StepIncome))
	g.POST("/apply/income", h.apply.ReceiveStep(apply.StepIncome))
	g.GET("/apply/check", h.apply.ShowCheck)
	g.POST("/apply/check", h.apply.ReceiveCheck)

	g.POST("/apply/later", h.later.AskForLink)
	g.GET("/apply/later", h.later.ShowLink)
	g.GET("/apply/return/:token", h.later.ShowReturn)
	g.POST("/apply/return/:token", h.later.Return)
	g.POST("/apply/clear", h.later.Clear)

	g.GET("/status/:handle", h.status.ShowStatus)
	g.GET("/status/:handle/agreement", h.status.ShowAgreement)
	g.GET("/status/:handle/events", h.status.StreamStatus)

	if h.handOff != nil {
		h.handOff.Routes(g)
	}

	g.GET("/opt-out", h.optOut.ShowForm)
	g.POST("/opt-out", h.optOut.ReceiveForm)
	g.GET("/opt-out/done", h.optOut.ShowDone)

	g.GET("/privacy", h.showDocument(consent.PrivacyNotice))
	g.GET("/terms", h.showDocument(consent.TermsOfUse))
}

// staffPages is every page that staff see. The gate stands before each route at or below a room's path.
func (h *Handlers) staffPages(e *echo.Echo) {
	e.GET("/sign-in", h.signIn.ShowStart)
	e.GET("/sign-in/begin", h.signIn.Begin)
	e.GET("/sign-in/callback", h.signIn.Finish)
	e.GET("/sign-in/you", h.signIn.ShowYou)
	e.GET("/sign-in/session", h.signIn.ShowSessionEnd)
	e.POST("/sign-in/session", h.signIn.Stay)
	e.POST("/sign-out", h.signIn.SignOut)
	e.GET("/desk/sessions", h.signIn.ShowSessions)
	e.POST("/desk/sessions", h.signIn.EndSessions)
	if h.signIn.HasDevelopment() {
		e.GET("/dev-sign-in/authorize", h.signIn.ShowDevelopment)
		e.POST("/dev-sign-in/authorize", h.signIn.Choose)
	}
}

func (h *Handlers) isStaff(r *http.Request) bool { return h.signIn != nil && web.IsStaff(r.URL.Path) }

func isHealth(r *http.Request) bool { return r.URL.Path == "/healthz" || r.URL.Path == "/readyz" }

// chain puts middleware around a handler, the first one outermost.
func chain(inner http.Handler, middleware ...func(http.Handler) http.Handler) http.Handler {
	for _, wrap := range slices.Backward(middleware) {
		inner = wrap(inner)
	}
	return inner
}

// split serves requests that isFirst selects with the first handler, and all others with the second.
func split(isFirst func(*http.Request) bool, first, second http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isFirst(r) {
			first.ServeHTTP(w, r)
			return
		}
		second.ServeHTTP(w, r)
	})
}
