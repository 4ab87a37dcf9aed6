import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto"
import { isIP } from "node:net"

// An authority and a certificate that it signed, in DER (X.509 version 3, P-256), since Node makes keys but no certificates.

const tlv = (tag: number, ...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const sequence = (...parts: ReadonlyArray<Uint8Array>) => tlv(0x30, ...parts)
const oid = (hex: string) => tlv(0x06, Buffer.from(hex, "hex"))
const integer = (bytes: Uint8Array) => tlv(0x02, bytes)
const bitString = (bytes: Uint8Array, unusedBits = 0) => tlv(0x03, Buffer.from([unusedBits]), bytes)
const octets = (content: Uint8Array) => tlv(0x04, content)
const truth = tlv(0x01, Buffer.from([0xff]))
const generalizedTime = (date: Date) => tlv(0x18, Buffer.from(`${date.toISOString().replaceAll(/[-:T]|\..*/gu, "")}Z`))
const utcTime = (date: Date) =>
  date.getUTCFullYear() < 2050
    ? tlv(
        0x17,
        Buffer.from(
          `${date
            .toISOString()
            .slice(2)
            .replaceAll(/[-:T]|\..*/gu, "")}Z`
        )
      )
    : generalizedTime(date)
const name = (commonName: string) => sequence(tlv(0x31, sequence(oid("550403"), tlv(0x0c, Buffer.from(commonName)))))

const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"))
const extension = (id: string, content: Uint8Array, isCritical = false) =>
  sequence(oid(id), ...(isCritical ? [truth] : []), octets(content))
const basicConstraints = (isAuthority: boolean) => extension("551d13", sequence(...(isAuthority ? [truth] : [])), true)
/** Signing certificates, or signing only. */
const keyUsage = (isAuthority: boolean) =>
  extension("551d0f", isAuthority ? bitString(Buffer.from([0x04]), 2) : bitString(Buffer.from([0x80]), 7), true)
const forServers = extension("551d25", sequence(oid("2b06010505070301")))

const ipBytes = (host: string): Buffer => {
  if (isIP(host) === 4) return Buffer.from(host.split(".").map(Number))
  const [head = "", tail = ""] = host.split("::")
  const groups = (text: string) => (text === "" ? [] : text.split(":"))
  const zeros = Array.from({ length: 8 - groups(head).length - groups(tail).length }, () => "0")
  const all = host.includes("::") ? [...groups(head), ...zeros, ...groups(tail)] : groups(host)
  return Buffer.from(all.map((group) => group.padStart(4, "0")).join(""), "hex")
}

const alternativeNames = (hosts: ReadonlyArray<string>) =>
  extension(
    "551d11",
    sequence(...hosts.map((host) => (isIP(host) === 0 ? tlv(0x82, Buffer.from(host)) : tlv(0x87, ipBytes(host)))))
  )

interface Certificate {
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  readonly issuerKey: KeyObject
  readonly extensions: ReadonlyArray<Uint8Array>
}

const validDays = 365

const certificate = ({ extensions, issuer, issuerKey, publicKey, subject }: Certificate): string => {
  const serial = randomBytes(16)
  // Positive, and without a leading zero.
  serial[0] = (serial[0]! & 0x7f) | 0x40
  const now = Date.now()
  // A client's clock may be somewhat behind.
  const [from, to] = [new Date(now - 3_600_000), new Date(now + validDays * 86_400_000)]
  const body = sequence(
    tlv(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    ecdsaWithSha256,
    name(issuer),
    sequence(utcTime(from), utcTime(to)),
    name(subject),
    publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, sequence(...extensions))
  )
  const der = sequence(body, ecdsaWithSha256, bitString(sign("sha256", body, issuerKey)))
  const lines = der.toString("base64").match(/.{1,64}/gu)!
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`
}

/**
 * A new authority and a server's certificate for these host names and IP addresses, valid for a year, in PEM. The key of
 * the authority is forgotten, so that it signs nothing else.
 */
export const makeTestCertificates = (hosts: ReadonlyArray<string>) => {
  const authority = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const server = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const issuer = { issuer: "hotel test authority", issuerKey: authority.privateKey }
  const ca = certificate({
    ...issuer,
    subject: issuer.issuer,
    publicKey: authority.publicKey,
    extensions: [basicConstraints(true), keyUsage(true)]
  })
  const cert = certificate({
    ...issuer,
    subject: hosts[0] ?? "localhost",
    publicKey: server.publicKey,
    extensions: [basicConstraints(false), keyUsage(false), forServers, alternativeNames(hosts)]
  })
  return { ca, cert, key: server.privateKey.export({ type: "pkcs8", format: "pem" }) as string }
}
