/** The name of a claim as a label. */
export const capitalized = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1)
