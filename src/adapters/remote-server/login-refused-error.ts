/** The server answers, but does not take the user name and the password, or demands some. */
export class LoginRefusedError extends Error {
  override readonly name = 'LoginRefusedError';
  readonly fault = 'login';
}
