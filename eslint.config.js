import js from '@eslint/js';
import node from 'eslint-plugin-n';
import typescript from 'typescript-eslint';

export default typescript.config(
  { ignores: ['node_modules/', 'coverage/', 'dist/', 'test/architecture/planted/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [typescript.configs.strictTypeChecked, typescript.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreUsingDeclarations: true }],
    },
  },
  {
    plugins: { n: node },
    rules: {
      // The environment is read in one place and handed on as a typed Config.
      'n/no-process-env': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  // A module that an operator plugs in has nobody else to read its settings for it.
  {
    files: ['src/cli.ts', 'src/config/config.ts', 'src/process/tuning.ts', 'docs/examples/**'],
    rules: { 'n/no-process-env': 'off' },
  },
  { files: ['scripts/**', 'test/**'], rules: { 'n/no-process-env': 'off', 'no-console': 'off' } },
  {
    files: ['test/**/*.ts'],
    rules: {
      // chai's assertions are property reads.
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.js'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', AbortController: 'readonly' },
    },
  },
);
