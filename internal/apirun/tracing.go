package apirun

import (
	"context"
	"net/http"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"

	"github.com/unstuckengine/unstuck/internal/config"
)

// tracingConfig tells whether traces are wanted. The exporter and the SDK read the other OTEL_* variables by themselves,
// with their standard meaning.
type tracingConfig struct {
	Endpoint       string `env:"OTEL_EXPORTER_OTLP_ENDPOINT"`
	TracesEndpoint string `env:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"`
	Exporter       string `env:"OTEL_TRACES_EXPORTER"`
	Disabled       bool   `env:"OTEL_SDK_DISABLED"`
}

func (t tracingConfig) on() bool {
	return !t.Disabled && t.Exporter != "none" && (t.Endpoint != "" || t.TracesEndpoint != "")
}

// start returns the wrapper that traces requests, nil when traces are off, and what flushes them at the end.
func (t tracingConfig) start(ctx context.Context, version string) (wrap func(http.Handler) http.Handler, flush func(), err error) {
	if !t.on() {
		return nil, func() {}, nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, nil, config.Fail(config.ExitUsage, "OTEL_EXPORTER_OTLP_ENDPOINT cannot be used: %w", err)
	}
	res, err := resource.New(ctx, resource.WithAttributes(semconv.ServiceName("unstuck-api"), semconv.ServiceVersion(version)), resource.WithFromEnv())
	if err != nil {
		return nil, nil, config.Fail(config.ExitUsage, "OTEL_RESOURCE_ATTRIBUTES cannot be used: %w", err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(res))
	wrap = func(next http.Handler) http.Handler {
		return otelhttp.NewHandler(next, "api", otelhttp.WithTracerProvider(provider), otelhttp.WithPropagators(propagation.TraceContext{}))
	}
	return wrap, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = provider.Shutdown(ctx) // a lost trace is no reason to fail
	}, nil
}
