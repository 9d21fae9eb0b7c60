"""The Chromium of the suites, and what it records for the report: screenshots, traces, videos."""
