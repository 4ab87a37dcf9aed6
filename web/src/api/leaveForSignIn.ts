/** The page where a browser signs in. */
export const signInPath = "/sign-in"
