/** `CleanUpScheduled` as a token of a subject, a file or a path: `clean-up-scheduled`. */
export const kebab = (name: string): string => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "-").toLowerCase()

/** `RoomAlreadyBooked` as a title: `Room already booked`. */
export const toTitle = (name: string): string => {
  const spaced = kebab(name).replaceAll("-", " ")
  return spaced.charAt(0).toUpperCase() + spaced.slice(1)
}
