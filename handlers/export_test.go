package handlers

import "github.com/labstack/echo/v4"

// RoutesOf are the routes as the router lists them.
func RoutesOf(h *Handlers) []*echo.Route { return h.router().Routes() }

// Limits of reports.
const (
	MaxReports     = maxReports
	MaxReportBytes = maxReportBytes
)
