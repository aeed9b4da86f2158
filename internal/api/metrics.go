package api

import (
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// metrics are the counters of one Server, in a registry of their own.
type metrics struct {
	registry     *prometheus.Registry
	requests     *prometheus.CounterVec
	duration     *prometheus.HistogramVec
	authFailures *prometheus.CounterVec
	rateLimited  prometheus.Counter
}

func newMetrics(watches func() float64) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "unstuck_api_requests_total", Help: "Requests answered, by route and status."}, []string{"route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "unstuck_api_request_duration_seconds", Help: "Time from the request's headers to the end of its answer, by route.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2.5, 14)}, []string{"route"}),
		authFailures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "unstuck_api_auth_failures_total", Help: "Requests refused for their key, by code."}, []string{"code"}),
		rateLimited: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "unstuck_api_rate_limited_total", Help: "Requests refused by a workspace's rate limit."}),
	}
	m.registry.MustRegister(m.requests, m.duration, m.authFailures, m.rateLimited,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "unstuck_api_watches", Help: "Watches held open."}, watches),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) observe(x *exchange, took time.Duration) {
	m.requests.WithLabelValues(x.route, statusText(x.status)).Inc()
	m.duration.WithLabelValues(x.route).Observe(took.Seconds())
	if x.fault != nil && aboutKey(x.fault.Code) {
		m.authFailures.WithLabelValues(string(x.fault.Code)).Inc()
	}
}

// aboutKey reports whether a refusal is due to the caller's key.
func aboutKey(c fault.Code) bool {
	switch c {
	case fault.AuthThrottled, fault.FeatureNotAllowed, fault.InsufficientScope:
		return true
	}
	return c.Status() == http.StatusUnauthorized
}

func statusText(status int) string {
	if status == http.StatusOK {
		return "200" // nearly always, and without an allocation
	}
	return strconv.Itoa(status)
}

// Metrics returns the handler of /metrics and /debug/pprof, for a listener that strangers cannot reach: it asks for no key.
func (s *Server) Metrics() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}
