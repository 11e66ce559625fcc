/** As the model room names them; what a payload says is judged before it goes anywhere. */
export function isModelName(text: string): boolean {
  return /^[a-z0-9][a-z0-9_.-]{0,95}$/.test(text);
}
