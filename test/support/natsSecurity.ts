import { execFileSync, spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { nkeys } from "@nats-io/transport-node"
import { Effect } from "effect"
import { temporaryFolder } from "./testServer.ts"

// Credentials to secure a nats-server: a user's keys, an operator's JWTs, certificates.

type KeyPair = ReturnType<typeof nkeys.createUser>

export const seedOf = (pair: KeyPair) => new TextDecoder().decode(pair.getSeed())

const base64Json = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url")

/** A JWT of NATS: claims of version 2, signed by the issuer's nkey. */
export const jwt = (issuer: KeyPair, sub: string, nats: { readonly type: string }, aud?: string) => {
  const claims = {
    iss: issuer.getPublicKey(),
    iat: 0,
    jti: "test",
    name: nats.type,
    sub,
    ...(aud !== undefined && { aud }),
    nats: { version: 2, ...nats }
  }
  const text = `${base64Json({ typ: "JWT", alg: "ed25519-nkey" })}.${base64Json(claims)}`
  return `${text}.${Buffer.from(issuer.sign(new TextEncoder().encode(text))).toString("base64url")}`
}

const unlimited = { subs: -1, data: -1, payload: -1 }
const jetstream = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 }
const account = (limits: object) => ({
  type: "account",
  limits: { ...unlimited, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1, ...limits },
  default_permissions: { pub: {}, sub: {} },
  authorization: {}
})

/** A server's configuration with an operator and its accounts, and a user's credentials as the text of a `.creds` file. */
export const operatorConfig = () => {
  const [operator, system, owner, user] = [
    nkeys.createOperator(),
    nkeys.createAccount(),
    nkeys.createAccount(),
    nkeys.createUser()
  ]
  const resolved = [system, owner].map((pair) => {
    const key = pair.getPublicKey()
    return `${key}: ${jwt(operator, key, account(pair === owner ? jetstream : {}))}`
  })
  const userJwt = jwt(owner, user.getPublicKey(), { type: "user", pub: {}, sub: {}, ...unlimited } as { type: string })
  return {
    config: [
      `operator: ${jwt(operator, operator.getPublicKey(), { type: "operator" })}`,
      `system_account: ${system.getPublicKey()}`,
      "resolver: MEMORY",
      `resolver_preload: { ${resolved.join(", ")} }`
    ].join("\n"),
    jwt: userJwt,
    seed: seedOf(user),
    creds: credsOf(userJwt, seedOf(user))
  }
}

/** The text of a `.creds` file, as `nsc` writes it. */
export const credsOf = (userJwt: string, seed: string) => `-----BEGIN NATS USER JWT-----
${userJwt}
------END NATS USER JWT------

************************* IMPORTANT *************************
NKEY Seed printed below can be used to sign and prove identity.

-----BEGIN USER NKEY SEED-----
${seed}
------END USER NKEY SEED------

*************************************************************
`

export const hasOpenssl = spawnSync("openssl", ["version"]).status === 0

export interface Certificate {
  readonly cert: string
  readonly key: string
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]

/** A certificate authority, as PEM files in a folder that is removed with the scope. */
export const authority = Effect.map(temporaryFolder, (folder) => {
  const openssl = (...args: ReadonlyArray<string>) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" })
  const at = (name: string) => join(folder, name)
  const self = (name: string): Certificate => {
    openssl("req", "-x509", ...newKey, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.pem`)
    return { cert: at(`${name}.pem`), key: at(`${name}.key`) }
  }
  const { cert: ca } = self("authority")
  /** `names` are its alternative names, as `IP:127.0.0.1` or `DNS:localhost`. */
  const signed = (name: string, names: string): Certificate => {
    openssl("req", ...newKey, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`)
    writeFileSync(at(`${name}.ext`), `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`)
    const by = ["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-days", "2"]
    openssl("x509", "-req", "-in", `${name}.csr`, ...by, "-extfile", `${name}.ext`, "-out", `${name}.pem`)
    return { cert: at(`${name}.pem`), key: at(`${name}.key`) }
  }
  return { folder, ca, self, signed }
})

/** The part of a server's configuration that requires TLS. */
export const tlsConfig = ({ cert, key }: Certificate, ca: string, more = "") =>
  `tls { cert_file: ${JSON.stringify(cert)}, key_file: ${JSON.stringify(key)}, ca_file: ${JSON.stringify(ca)}\n${more} }`
