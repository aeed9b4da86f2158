.DEFAULT_GOAL := help
.PHONY: help up storybook test check generate bench campaign build clean

help: ## show these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: ## run everything on this machine with demo data
	go run ./cmd/unstuck up --demo

storybook: ## show every admin page in each of its states
	go run ./internal/adminui/storybook

test: ## run the tests
	go test ./...

check: ## run what continuous integration runs
	.ci/run

generate: ## bring generated files up to date (the README's tables, goldens)
	go generate ./...
	go test ./internal/tools ./internal/api ./internal/cli ./internal/demo ./internal/fault ./internal/scope -update

bench: ## measure against the references and print the tables
	go run ./bench

campaign: ## run the long campaigns at full size (revocation, minted keys, random questions)
	go test ./internal/token -count=1 -v -run '^TestEveryTypingErrorIsRefused$$' -keys 100000
	go test ./internal/e2e -count=1 -v -timeout 30m -run '^TestRevocationBindsOnEveryReplica$$' -revoke-requests 100000
	go test ./internal/store -count=1 -v -timeout 60m -run '^(TestAnswersAgree|TestInsightsAgree)' -answers 5000

build: ## build the three programs into ./bin
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/ ./cmd/api ./cmd/mcp-server ./cmd/unstuck

clean: ## remove what build made
	rm -rf bin
