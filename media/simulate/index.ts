export { type SyntheticRecruiter, type SyntheticRecruiterOptions, startSyntheticRecruiter } from './recruiter.ts';
