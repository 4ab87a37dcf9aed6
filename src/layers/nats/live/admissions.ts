/** How many connections are admitted at once, by session and by the address of the client. */
export interface AdmissionLimits {
  readonly perSession: number
  readonly perAddress: number
}

interface Admission {
  readonly session: string
  readonly address: string
  /** Seconds since 1970: the server closes the connection then, at the latest. */
  readonly expires: number
}

/**
 * Counts the connections of browsers from their admission until their token expires, whether they are still open or not: a
 * lost message about an end could otherwise let a session have more. The total is limited by the server's account.
 */
export const makeAdmissions = ({ perAddress, perSession }: AdmissionLimits) => {
  let open: ReadonlyArray<Admission> = []
  return {
    /** Admits a connection, or returns why not. */
    admit: (admission: Admission, nowSeconds: number): string | undefined => {
      open = open.filter(({ expires }) => expires > nowSeconds)
      const sameSession = open.filter(({ session }) => session === admission.session)
      if (sameSession.length >= perSession) return `the session has ${perSession} connections already`
      const sameAddress = open.filter(({ address }) => address === admission.address)
      if (sameAddress.length >= perAddress) return `its address has ${perAddress} connections already`
      open = [...open, admission]
      return undefined
    }
  }
}
