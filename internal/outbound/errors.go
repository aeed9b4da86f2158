package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
)

// What can go wrong. The texts are fixed: they hold nothing of the request, which may carry secrets, nor of the answer.
var (
	ErrForbidden   = errors.New("outbound: the destination is forbidden") // inside, an odd port, not HTTP, or with a user name
	ErrRedirect    = errors.New("outbound: the redirect is refused")      // too many, from https to http, or a body to another host
	ErrTooLarge    = errors.New("outbound: the answer is too large")      //
	ErrUnreachable = errors.New("outbound: no answer")                    // followed by a word on why
	ErrTimeout     = fmt.Errorf("outbound: %w", context.DeadlineExceeded) // errors.Is holds for both
)

// Reasons of ErrUnreachable that callers tell apart; each is an ErrUnreachable.
var (
	ErrNoSuchName  = fmt.Errorf("%w: the name has no address", ErrUnreachable)
	ErrCertificate = fmt.Errorf("%w: the certificate does not hold", ErrUnreachable)
)

// plain maps what the standard library says, which quotes URLs and addresses, to an error of ours.
func plain(ctx context.Context, err error) error {
	for _, known := range []error{ErrForbidden, ErrRedirect, ErrTooLarge} {
		if errors.Is(err, known) {
			return known
		}
	}
	var timeout net.Error
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.Canceled) && errors.Is(ctx.Err(), context.Canceled):
		return context.Canceled
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded), ctx.Err() != nil:
		return ErrTimeout
	case errors.As(err, &name) && name.IsNotFound:
		return ErrNoSuchName
	case errors.As(err, &certificate):
		return ErrCertificate
	}
	return ErrUnreachable
}
