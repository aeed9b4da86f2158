// Package browsertest drives the admin pages in a real Chromium: every story is held to the rules of accessibility and to the pages' own policy, and
// whole journeys run against real processes. It holds tests alone.
//
// The browser is found as UNSTUCK_TEST_CHROMIUM says, else by its usual names; without one the tests are skipped, unless UNSTUCK_REQUIRE_BROWSER is
// set. The rules are axe-core's, installed here by `npm ci`. Pictures of all pages go to the folder that UNSTUCK_TEST_ARTIFACTS names.
package browsertest
