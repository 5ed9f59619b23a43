import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist', 'node_modules', '.cache', 'client/public', 'training', 'src/**/assembly', 'tests/output'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
      // Either form says the same; neither is a fault.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }] },
  },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked], rules: { 'no-console': 'off' } },
  {
    // Inner loops over typed arrays: an index within the length is known there, and a check for each pixel would cost more than the work.
    files: [
      'src/face/**/*.ts',
      'src/spotting/**/*.ts',
      'src/flow/**/*.ts',
      'src/ingest/decode/**/*.ts',
      'src/ingest/frame-of-rgb.ts',
      'src/pipeline/series/**/*.ts',
      'lab/baselines/**/*.ts',
      'lab/bench/moving-portrait.ts',
      'lab/evaluation/flow/**/*.ts',
      'lab/evaluation/real/**/*.ts',
      'scripts/**/*.ts',
    ],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['**/*.test.ts', 'tests/**/*.ts'],
    rules: {
      'no-console': 'off',
      'max-lines': ['error', 600],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
);
