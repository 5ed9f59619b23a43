import type { JSX } from 'preact';
import { askAccess } from '../net/access.js';
import { accessToken, setAccessToken } from '../net/access-token.js';

/** Where the access token is typed. What it allows is asked when it is complete: by leaving the field, or by pasting. */
export function TokenField(): JSX.Element {
  return (
    <label>
      Access token{' '}
      <input
        type="password"
        autoComplete="off"
        value={accessToken.value}
        onInput={(event) => {
          setAccessToken(event.currentTarget.value);
          if (event.inputType === 'insertFromPaste') void askAccess();
        }}
        onChange={() => {
          void askAccess();
        }}
      />
    </label>
  );
}
