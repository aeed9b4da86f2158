// Package mcpserver serves the catalogue of tools over the Model Context Protocol: on stdio, Streamable HTTP and legacy SSE.
//
// Negotiation, lists and subscriptions are mcp-go's HandleMessage; what stands before and around it is ours, because the
// library's transports give a handler no caller, bind no session to a key, read lenient JSON and show internal errors. Tool
// calls are passed through without it, so that neither arguments nor answers are decoded on their way. A message takes one
// way through all transports: parse (strict envelope), admit (what may this caller do), answer.
//
// The API is the only authority. This package hides what a key may not do and never decides that a key is alive.
package mcpserver
