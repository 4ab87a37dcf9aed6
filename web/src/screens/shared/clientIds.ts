/** The largest number of a guest. */
export const maxClientId = 999_999_999
