package app

import (
	"log/slog"
	"strings"

	"intake/internal/config"
)

// Welcome is what a person needs to know who has just started the server.
type Welcome struct {
	Page        string // public address
	Listening   string
	Environment config.Environment
	CRM         config.CRM
	SignIn      string         // where staff sign in; empty: nobody can
	Ready       bool           // the development sign-in offers ready persons there
	Issuer      config.Address // of the identity provider otherwise
	Control     string         // control page of the simulator inside this process; empty: there is none
}

// Welcome returns the addresses of a server that New has opened.
func (a *App) Welcome() Welcome {
	w := Welcome{
		Page: string(a.cfg.PublicURL), Listening: a.listener.Addr().String(),
		Environment: a.cfg.Environment, CRM: a.cfg.CRM, Control: a.control,
	}
	if a.signIn != nil {
		w.SignIn = strings.TrimRight(w.Page, "/") + "/sign-in"
		w.Ready, w.Issuer = a.signIn.Development != nil, a.cfg.OIDCIssuer
	}
	return w
}

func (w Welcome) log(log *slog.Logger) {
	log.Info("the page is open", "open", w.Page, "listening", w.Listening)
	if w.Environment == config.Simulator {
		log.Info("this is the simulator: nothing leaves this machine, enter invented people only")
	} else {
		log.Info("leads go to Alleviate", "environment", w.Environment, "crm", w.CRM)
	}
	switch {
	case w.Ready:
		log.Info("the desk is open: sign in as one of the ready persons, without a password", "open", w.SignIn)
	case w.SignIn != "":
		log.Info("staff sign in at the identity provider", "open", w.SignIn, "issuer", w.Issuer)
	}
}
