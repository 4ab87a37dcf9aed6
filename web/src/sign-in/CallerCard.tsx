import type { SessionCaller } from "../api/session.ts"
import { capitalized } from "./capitalized.ts"
import { isBusy, signOut } from "./signInState.ts"

const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" })

const Fact = ({ name, text }: { readonly name: string; readonly text: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{text}</dd>
  </div>
)

/** Who is signed in, and until when. */
export const CallerCard = ({ claims, expiresAt, roles, subject }: SessionCaller) => (
  <section class="card" aria-labelledby="caller">
    <h2 id="caller">You are signed in</h2>
    <dl>
      <Fact name="Subject" text={subject} />
      <Fact name={roles.length === 1 ? "Role" : "Roles"} text={roles.join(", ") || "none"} />
      {Object.entries(claims).map(([name, value]) => (
        <Fact key={name} name={capitalized(name)} text={value} />
      ))}
      <div>
        <dt>Until</dt>
        <dd>
          <time class="date" datetime={expiresAt}>
            {moment.format(new Date(expiresAt))}
          </time>
        </dd>
      </div>
    </dl>
    <p class="buttons">
      <button type="button" aria-disabled={isBusy.value} onClick={() => void signOut()}>
        Sign out
      </button>
    </p>
  </section>
)
