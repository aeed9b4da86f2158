// Package e2e tries the whole system as its users meet it: the built programs, real stores, real clients. It holds tests only.
package e2e
