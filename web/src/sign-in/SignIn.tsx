import { useEffect, useRef } from "preact/hooks"
import { callerName, session, type Session } from "../api/session.ts"
import { Outage } from "../ui/Connection.tsx"
import { CallerCard } from "./CallerCard.tsx"
import { DevelopmentForm } from "./DevelopmentForm.tsx"
import { loadProblem, origin, outcome, pages } from "./signInState.ts"
import { TokenForm } from "./TokenForm.tsx"

/** Why the user was led here, or the way back. */
const Origin = ({ now }: { readonly now: Session }) => {
  if (!origin.value) return null
  const { mayOpen, url } = origin.value
  if (!now.caller) {
    return (
      <p class="muted">
        To open <b>{url.pathname}</b>, sign in.
      </p>
    )
  }
  return mayOpen ? (
    <p class="notice good">
      You may open <a href={url.href}>{url.pathname}</a>.
    </p>
  ) : (
    <p class="notice no">
      As {callerName(now, now.caller)}, you may not open <b>{url.pathname}</b>. It is for another role.
    </p>
  )
}

const Pages = () =>
  !pages.value || pages.value.length === 0 ? null : (
    <nav class="pages" aria-label="Pages">
      <span class="muted">You may open</span>
      {pages.value.map(({ href, text }) => (
        <a key={href} href={href}>
          {text}
        </a>
      ))}
    </nav>
  )

const Form = ({ authentication, caller, roles }: Session) => (
  <section class="card" aria-labelledby="form">
    <h2 id="form">{caller ? "Sign in as another user" : "Who are you?"}</h2>
    {authentication === "development" ? <DevelopmentForm roles={roles} /> : <TokenForm />}
  </section>
)

const Content = ({ now }: { readonly now: Session }) => {
  if (now.authentication === "none") {
    return (
      <section class="card">
        <p>This app needs no sign-in.</p>
        <Pages />
      </section>
    )
  }
  return (
    <>
      <Origin now={now} />
      {now.caller && <Pages />}
      {now.caller && <CallerCard {...now.caller} />}
      <Form {...now} />
    </>
  )
}

export const SignIn = () => {
  const heading = useRef<HTMLHeadingElement>(null)
  // The button that was pressed is gone.
  useEffect(() => {
    if (outcome.value !== "") heading.current!.focus()
  }, [outcome.value])
  return (
    <div class="screen sign-in">
      <header>
        <h1 ref={heading} tabIndex={-1}>
          Sign in
        </h1>
        <p role="status">{outcome.value}</p>
      </header>
      <main>
        <Outage problem={loadProblem.value} />
        {session.value && <Content now={session.value} />}
      </main>
    </div>
  )
}
