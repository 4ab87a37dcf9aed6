/** The page where a browser signs in. */
export const signInPath = "/sign-in"

/**
 * Leads to the sign-in page, which leads back to this address. It takes the place of this page in the history: Back would
 * only lead to sign-in again.
 */
export const leaveForSignIn = (): void => {
  // There, an invalid token is a message of the form.
  if (location.pathname === signInPath) return
  const here = location.pathname + location.search + location.hash
  location.replace(`${signInPath}?to=${encodeURIComponent(here)}`)
}
