export { NameResolver, type NameResolverOptions } from './name-resolver.ts';
