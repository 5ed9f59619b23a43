/** The text without user names and passwords of the URLs in it, which may stand in settings and in errors about them. */
export function withoutCredentials(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"']*@/gi, '$1(secret)@');
}
