import { SecretSourceError } from '../../ports/secret-source.ts';

interface Place {
  readonly prefix: string;
  readonly region: string;
}

/** What the SDK's errors have in common; none of it is sure to be there. */
interface SdkError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

type Advice = (place: Place) => string;

/**
 * The SDK's fault as one that says what to look at. AWS's own words, which carry account numbers, stay in the cause. A
 * parser's words quote the answer, in which the secrets are, so they are left out altogether.
 */
export function toSecretSourceError(error: unknown, place: Place): SecretSourceError {
  const fault = error instanceof Error ? error : new Error(String(error));
  const message = `Cannot read the secrets from AWS Parameter Store: ${adviceFor(fault)(place)}`;
  return new SecretSourceError(message, fault instanceof SyntaxError ? undefined : { cause: fault });
}

function adviceFor(error: SdkError): Advice {
  if (error.name === 'AccessDeniedException') return isAboutKey(error) ? keyDenied : accessDenied;
  if (error.message.startsWith('Region')) return regionMissing;
  if (error instanceof SyntaxError) return notParameterStore;
  if ((error.$metadata?.httpStatusCode ?? 0) >= 500) return storeFailed;
  return BY_NAME[error.name] ?? (error.code === undefined ? unforeseen(error) : unreachable);
}

/** The same name serves for both; only the message tells KMS's refusal from Parameter Store's. */
function isAboutKey({ message }: Error): boolean {
  return /kms:|ciphertext|customer master key/i.test(message);
}

const accessDenied: Advice = ({ prefix }) =>
  `access denied. Allow the task role ssm:GetParameters on parameter/${prefix.replace(/^\//, '')}*.`;

const keyDenied: Advice = ({ prefix }) =>
  `the parameters under "${prefix}" cannot be decrypted. Allow the task role kms:Decrypt on the KMS key that they ` +
  'were encrypted with, and check that the key exists and is enabled.';

const regionMissing: Advice = ({ region }) =>
  `"${region}" is not an AWS region. Set AWS_REGION, for example to eu-west-1.`;

const credentialsMissing: Advice = () =>
  'no AWS credentials were found. On ECS give the task definition a task role; elsewhere set AWS_ACCESS_KEY_ID and ' +
  'AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.';

const credentialsRefused: Advice = () =>
  'AWS rejected the credentials: they are unknown, expired or wrongly signed. Renew them, and check the clock.';

const throttled: Advice = ({ region }) =>
  `AWS is throttling this account in ${region}. Try again later, or raise Parameter Store's throughput.`;

const namesRefused: Advice = ({ prefix }) =>
  `"${prefix}" does not form valid parameter names. Set SSM_PREFIX to letters, digits and . - _ /, such as "thumbnailer.".`;

const storeFailed: Advice = ({ region }) => `AWS reported an internal error in ${region}. Try again later.`;

const unreachable: Advice = ({ region }) =>
  `it could not be reached in ${region}, or was too slow. Check AWS_REGION, and that the network allows connections to ` +
  'port 443 through a NAT gateway or a VPC endpoint for ssm.';

const notParameterStore: Advice = () =>
  'the answer did not come from Parameter Store. Check AWS_ENDPOINT_URL_SSM, and look for a proxy in between.';

function unforeseen({ name }: Error): Advice {
  return ({ prefix, region }) => `${name}. Check SSM_PREFIX (${prefix}) and AWS_REGION (${region}).`;
}

const BY_NAME: Readonly<Partial<Record<string, Advice>>> = {
  InvalidKeyId: keyDenied,
  CredentialsProviderError: credentialsMissing,
  TokenProviderError: credentialsMissing,
  UnrecognizedClientException: credentialsRefused,
  InvalidClientTokenId: credentialsRefused,
  InvalidSignatureException: credentialsRefused,
  IncompleteSignatureException: credentialsRefused,
  MissingAuthenticationTokenException: credentialsRefused,
  ExpiredTokenException: credentialsRefused,
  ThrottlingException: throttled,
  ValidationException: namesRefused,
  TimeoutError: unreachable,
};
