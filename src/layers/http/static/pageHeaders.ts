/** A Content-Security-Policy: a page may load only from this server, plus `allowed`; no other site may frame it. */
const policyOf = (allowed: Readonly<Record<string, string>>): string =>
  Object.entries({
    "default-src": "'self'",
    ...allowed,
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'"
  })
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join("; ")

/** Security headers of every page. */
export const pageHeaders = (allowed: Readonly<Record<string, string>>) => ({
  "content-security-policy": policyOf(allowed),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin"
})
