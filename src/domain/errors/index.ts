export {
  CorruptImageError,
  ImageTooExpensiveError,
  ImageTooLargeError,
  UnsupportedImageError,
} from './image-errors.ts';
export { OverloadedError, isOwnShortage } from './overloaded-error.ts';
export {
  InvalidRequestError,
  type RequestField,
  SignatureInvalidError,
  SignatureRequiredError,
} from './request-errors.ts';
export { RememberedError, RestoredError } from './restored-error.ts';
export {
  SourceAccessError,
  SourceForbiddenError,
  SourceNotFoundError,
  SourcePackedTooTightlyError,
  SourceRefusedError,
  SourceSuspendedError,
  SourceTimeoutError,
  SourceTooLargeError,
  SourceTooSlowError,
  SourceUnreachableError,
} from './source-errors.ts';
export { type DomainErrorCode, ThumbnailerError, isOfTheSource } from './thumbnailer-error.ts';
